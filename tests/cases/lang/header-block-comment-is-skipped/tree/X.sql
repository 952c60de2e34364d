/* One line. */
/* A block
   @include nothing/there
   @depend nothing
*/
@include action/sql/sqlite
/* another */
SELECT 1 AS a
