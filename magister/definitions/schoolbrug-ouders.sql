-- schoolbrug-ouders: one row for each pair of pupil and guardian.
-- Parameter: lesperiode (2627; empty = the current school year).
-- Of sis_oudr only idoudr and email are publicly known; columns marked (?) are assumed. Try the list with F9.
-- A pupil's second and further guardians follow in the same way (idoudr2, idoudr3: assumed).
SELECT
    l.stamnr                AS STAMNR,
    o.idoudr                AS OUDER,
    1                       AS VOLGNR,
    o.relatie               AS RELATIE,             -- (?) moeder, vader, voogd, pleegouder, stiefouder, instelling
    o.aanhef                AS AANHEF,              -- (?)
    o.voorlett              AS VOORLETTERS,         -- (?)
    o.roepnaam              AS ROEPNAAM,            -- (?)
    o.tussenvoeg            AS TUSSENVOEGSEL,       -- (?)
    o.achternaam            AS ACHTERNAAM,          -- (?)
    o.email                 AS EMAIL,
    o.telefoon              AS TELEFOON,            -- (?)
    o.bgeheim               AS GEHEIM,              -- (?) the contact data is secret
    o.bgezag                AS GEZAG,               -- (?) has legal authority
    o.bblokkade             AS BLOKKADE,            -- (?) a court order forbids information
    o.bpost                 AS POST                 -- (?) receives the school's mail
FROM sis_aanm a
JOIN sis_blpe p ON p.idblpe = a.idblpe
JOIN sis_leer l ON l.idleer = a.idleer
JOIN sis_oudr o ON o.idoudr = l.idoudr1
WHERE (p.lesperiode = '#lesperiode#')
   OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde)
UNION
SELECT
    l.stamnr, o.idoudr, 2, o.relatie, o.aanhef, o.voorlett, o.roepnaam, o.tussenvoeg, o.achternaam, o.email,
    o.telefoon, o.bgeheim, o.bgezag, o.bblokkade, o.bpost
FROM sis_aanm a
JOIN sis_blpe p ON p.idblpe = a.idblpe
JOIN sis_leer l ON l.idleer = a.idleer
JOIN sis_oudr o ON o.idoudr = l.idoudr2             -- (?)
WHERE (p.lesperiode = '#lesperiode#')
   OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde)
