-- schoolbrug-lessen: the lessons of the school year's last weeks and the next.
-- Parameter: lesperiode (2627; empty = the current school year).
-- idtype 13 is a lesson. Private items are left out. Widen or narrow the two bounds as the school needs.
SELECT
    i.idagendaitem          AS AFSPRAAK,
    i.dstart                AS BEGIN,
    i.dfinish               AS EINDE,
    i.lesuurvan             AS LESUURVAN,
    i.lesuurtm              AS LESUURTM,
    i.omschrijving          AS OMSCHR,
    i.idtype                AS TYPE,
    i.idagendastatus        AS STATUS
FROM agendaitem i
JOIN sis_blpe p ON i.dstart BETWEEN p.dbegin AND p.deinde
WHERE i.idtype = 13 AND i.bprive = false
  AND ((p.lesperiode = '#lesperiode#') OR ('#lesperiode#' = '' AND GETDATE() BETWEEN p.dbegin AND p.deinde))
  AND i.dstart <= GETDATE() + 14
ORDER BY i.idagendaitem
