-- schoolbrug-redenen: the school's own reasons of absence.
-- It takes no parameter of its own; lesperiode is accepted and does nothing.
SELECT
    t.idabty                AS REDEN,
    t.code                  AS CODE,
    t.omschr                AS OMSCHR,
    t.idverantwoordingtypen AS TYPE,
    t.geoorloofd            AS GEOORLOOFD,
    t.bluxeverzuim          AS LUXE,
    t.bvervallen            AS VERVALLEN,
    t.isbeschikbaarvoorouders AS OUDERS
FROM sis_abty t
WHERE '#lesperiode#' = '#lesperiode#'
ORDER BY t.idabty
