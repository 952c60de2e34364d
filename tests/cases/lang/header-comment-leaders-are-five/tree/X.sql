-- @include action/sql/sqlite
# @depend ./T as a
// @depend ./T as b
% @depend ./T as c
; @depend ./T as d
--@depend ./T as e
SELECT 1 AS a
