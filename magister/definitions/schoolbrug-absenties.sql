-- schoolbrug-absenties: one row for each registration of a pupil: in a lesson hour, or over a time without a lesson.
-- Parameters: lesperiode (2627; empty = the current school year) and vanaf (dd-mm-yyyy; empty = the whole year):
-- with vanaf only what was entered on that day or later.
-- Type 5 ("present", assumed) is left out. Columns marked (?) are assumed; try the list with F9.
SELECT
    v.idverantwoording      AS VERANTWOORDING,
    v.stamnr                AS STAMNR,
    v.daanwezigheid         AS DATUM,
    v.lesuur                AS LESUUR,
    v.idagendaitem          AS AFSPRAAK,
    CASE WHEN v.idagendaitem IS NULL THEN v.dbegin ELSE NULL END AS BEGIN,      -- (?)
    CASE WHEN v.idagendaitem IS NULL THEN v.deinde ELSE NULL END AS EINDE,      -- (?)
    v.idabty                AS REDEN,
    t.code                  AS CODE,
    t.idverantwoordingtypen AS TYPE,
    t.geoorloofd            AS GEOORLOOFD,
    v.dinvoer               AS INVOER
FROM verantwoording v
JOIN sis_abty t ON t.idabty = v.idabty
JOIN sis_blpe p ON v.daanwezigheid BETWEEN p.dbegin AND p.deinde
WHERE t.idverantwoordingtypen <> 5
  AND ((p.lesperiode = '#lesperiode#') OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde))
  AND ('#vanaf#' = '' OR v.dinvoer >= '#vanaf#')
ORDER BY v.idverantwoording
