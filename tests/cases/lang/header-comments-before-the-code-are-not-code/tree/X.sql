-- Who wrote this, and see @depend for more.
@include action/sql/sqlite

-- about the code

SELECT 1 AS a -- kept
-- kept too
