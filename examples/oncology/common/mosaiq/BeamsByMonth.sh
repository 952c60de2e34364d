# @include action/bash
# @depend ./raw/TrackTreatment (Create_DtTm, WasBeamComplete) as beam
# @key month
# @doc Delivered beams, month by month; complete ones apart.
set -eu
echo 'month,beams,complete' >out.csv
awk -F, 'NR > 1 {
    month = substr($1, 1, 7)
    beams[month]++
    complete[month] += ($2 == "True")
}
END { for (m in beams) printf "%s,%d,%d\n", m, beams[m], complete[m] }' \
    in/beam.csv | sort >>out.csv
