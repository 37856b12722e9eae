-- Few segments in the index of words. A question looks into every one of them, and each write adds one: with up to
-- sixteen, questions took half as long again, and a write is hardly slower for merging sooner.

INSERT INTO words (words, rank) VALUES ('crisismerge', 3);
