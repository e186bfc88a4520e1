-- schoolbrug-cijfers: one row for each result.
-- Parameter: lesperiode (2627; empty = the current school year).
-- The result of a resit stands under the column that it resits, as a further attempt (see schoolbrug-cijferkolommen).
-- Columns marked (?) are assumed; try the list with F9.
SELECT
    c.stamnr                AS STAMNR,
    COALESCE(o.idckol, k.idckol) AS KOLOM,
    CASE WHEN o.idckol IS NULL THEN 1 ELSE 1 + k.herkansing END AS POGING,      -- (?) herkansing counts from 1
    c.cijfer                AS CIJFER,
    c.binhalen              AS INHALEN,
    c.bvrijstelling         AS VRIJSTELLING,
    c.btelt_mee             AS TELTMEE,
    c.bvoldoende            AS VOLDOENDE,           -- (?) leave out and set columns.grades.VOLDOENDE = "" where there is none
    c.wfac                  AS WEGING,
    c.dbehaald              AS BEHAALD,
    c.dinvoer               AS INGEVOERD            -- (?) likewise columns.grades.INGEVOERD = ""
FROM sis_cijf c
JOIN sis_ckol k ON k.idckol = c.idckol
LEFT JOIN sis_cper q ON q.idcper = k.idcper
LEFT JOIN sis_blpe p ON q.dbegin BETWEEN p.dbegin AND p.deinde
LEFT JOIN sis_ckol o ON k.bherkansing = true AND o.bherkansing = false AND o.idstud = k.idstud
                    AND o.c_vak = k.c_vak AND o.kol_nr = k.kol_nr
WHERE (p.lesperiode = '#lesperiode#')
   OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde)
ORDER BY c.stamnr, k.idckol
