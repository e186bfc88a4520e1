-- schoolbrug-cijferkolommen: one row for each grade column of the school year.
-- Parameter: lesperiode (2627; empty = the current school year).
-- A resit column names the column that it resits in ORIGINEEL; how Magister links the two is assumed (?): here by
-- the same study, subject and column number. Columns marked (?) are assumed; try the list with F9.
SELECT
    k.idckol                AS KOLOM,
    p.lesperiode            AS LESPERIODE,
    k.c_periode             AS PERIODE,
    c.omschr                AS PERIODE_OMSCHR,      -- (?)
    c.dbegin                AS PERIODE_BEGIN,
    c.deinde                AS PERIODE_EINDE,       -- (?)
    k.c_vak                 AS VAK,
    v.omschr                AS VAK_OMSCHR,
    k.kol_naam              AS NAAM,
    k.kol_nr                AS NUMMER,
    k.omschr                AS OMSCHR,
    k.soort_kol             AS SOORT,
    k.init_wfac             AS WEGING,
    k.bex_kolom             AS PTA,
    k.bherkansing           AS HERKANSING,
    o.idckol                AS ORIGINEEL,
    CASE WHEN k.dvervallen IS NULL THEN 0 ELSE 1 END AS VERVALLEN
FROM sis_ckol k
JOIN sis_stud s ON s.idstud = k.idstud
LEFT JOIN sis_cper c ON c.idcper = k.idcper
LEFT JOIN sis_blpe p ON c.dbegin BETWEEN p.dbegin AND p.deinde
LEFT JOIN sis_bvak v ON v.c_vak = k.c_vak
LEFT JOIN sis_ckol o ON k.bherkansing = true AND o.bherkansing = false AND o.idstud = k.idstud
                    AND o.c_vak = k.c_vak AND o.kol_nr = k.kol_nr
WHERE (p.lesperiode = '#lesperiode#')
   OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde)
ORDER BY k.idckol
