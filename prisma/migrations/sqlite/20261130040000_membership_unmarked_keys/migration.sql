-- Keys in which a letter kept its mark, or a domain its spelling for mail servers: the cleaning makes them anew, from what
-- a migration does not have at hand.
UPDATE "membership" SET "lookKey" = ''
WHERE "nameKey" LIKE '%ß%' OR "nameKey" LIKE '%æ%' OR "nameKey" LIKE '%œ%' OR "nameKey" LIKE '%þ%'
  OR "nameKey" LIKE '%ð%' OR "nameKey" LIKE '%đ%' OR "nameKey" LIKE '%ħ%' OR "nameKey" LIKE '%ı%'
  OR "nameKey" LIKE '%ł%' OR "nameKey" LIKE '%ø%' OR "nameKey" LIKE '%ŧ%' OR "emailKey" LIKE '%xn--%';
