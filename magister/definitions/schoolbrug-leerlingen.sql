-- schoolbrug-leerlingen: one row for each enrolment of the school year, so that a pupil may come twice.
-- Parameter: lesperiode (2627; empty = the current school year).
-- Columns marked (?) are assumed: try the list with F9 and correct them for your school.
SELECT
    l.stamnr                AS STAMNR,
    l.voorlett              AS VOORLETTERS,
    l.roepnaam              AS ROEPNAAM,
    l.tussenvoeg            AS TUSSENVOEGSEL,
    l.achternaam            AS ACHTERNAAM,
    l.geslacht              AS GESLACHT,
    l.geb_datum             AS GEBDATUM,
    l.email                 AS EMAIL,
    p.lesperiode            AS LESPERIODE,
    p.omschr_k              AS LESPERIODE_OMSCHR,
    p.dbegin                AS LESPERIODE_BEGIN,
    p.deinde                AS LESPERIODE_EINDE,
    g.groep                 AS KLAS,
    s.studie                AS STUDIE,
    s.leerjaar              AS LEERJAAR,
    a.c_profiel             AS PROFIEL,
    g.c_lokatie             AS LOCATIE,
    k.omschr                AS LOCATIE_OMSCHR,
    k.plaats                AS LOCATIE_PLAATS,      -- (?)
    m1.doc_code             AS MENTOR1,
    m2.doc_code             AS MENTOR2,
    a.dBegin                AS BEGIN,
    a.dEinde                AS EINDE,
    a.dVertrek              AS VERTREK
FROM sis_aanm a
JOIN sis_leer l ON l.idleer = a.idleer
JOIN sis_blpe p ON p.idblpe = a.idblpe
LEFT JOIN sis_bgrp g ON g.idbgrp = a.idBgrp
LEFT JOIN sis_stud s ON s.idstud = a.idStud
LEFT JOIN sis_blok k ON k.c_lokatie = g.c_lokatie
LEFT JOIN sis_pers m1 ON m1.idpers = g.idpers_mentor1
LEFT JOIN sis_pers m2 ON m2.idpers = g.idpers_mentor2
WHERE (p.lesperiode = '#lesperiode#')
   OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde)
ORDER BY l.stamnr, a.dBegin
