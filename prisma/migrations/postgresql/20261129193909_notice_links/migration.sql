-- Links that were mailed before carry the address of then as well: the first one left since, or the one there is (R11).
UPDATE "mailed_link" SET "email" = COALESCE(
  (SELECT u."email" FROM "mailed_link" u
    WHERE u."userId" = "mailed_link"."userId" AND u."kind" = 'undo' AND u."createdAt" >= "mailed_link"."createdAt"
    ORDER BY u."createdAt" LIMIT 1),
  (SELECT p."email" FROM "app_user" p WHERE p."id" = "mailed_link"."userId"))
WHERE "kind" IN ('stop', 'cancel') AND "email" IS NULL;
