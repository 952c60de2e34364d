"""oncology_answers.py DIR: what examples/oncology must give, computed from its
raw files (in the current directory) and held against the tables that sluice
wrote to DIR/CLINIC_NODE.csv."""
import collections
import csv
import re
import statistics
import sys

work = sys.argv[1]


def got(node):
    with open("%s/%s.csv" % (work, node.replace("/", "_")), newline="") as f:
        return list(csv.DictReader(f))


def raw(clinic, table, delimiter=","):
    with open("%s/raw/%s.csv" % (clinic, table), newline="") as f:
        return list(csv.DictReader(f, delimiter=delimiter))


def check(what, a, b):
    if a != b:
        print(what, "got", str(a)[:600], "wanted", str(b)[:600])
        sys.exit(1)


state = collections.Counter()
beams_of = collections.Counter()
for clinic in ("ClinicA", "ClinicB"):
    bar, scale = ("|", 100) if clinic == "ClinicB" else (",", 1)
    sites = [r for r in raw(clinic, "Site", bar) if r["Version"] == "0"]
    ids = {int(r["SIT_ID"]) for r in sites}
    fields = {int(r["FLD_ID"]): int(float(r["SIT_Set_ID"])) for r in raw(clinic, "TxField")
              if r["SIT_Set_ID"] and float(r["SIT_Set_ID"]) in ids}
    beams, days = collections.Counter(), collections.defaultdict(set)
    for t in raw(clinic, "TrackTreatment"):
        if t["FLD_ID"] and int(float(t["FLD_ID"])) in fields:
            p = fields[int(float(t["FLD_ID"]))]
            beams[p] += 1
            days[p].add(t["Create_DtTm"][:10])
    wanted, per = {}, {}
    for r in sites:
        p = int(r["SIT_ID"])
        dose = round(float(r["Dose_Ttl"]) * scale, 2) if r["Dose_Ttl"] else None
        n = int(float(r["Fractions"])) if r["Fractions"] else None
        wanted[p] = (r["Site_Name"].strip(), dose, beams[p], len(days[p]))
        if dose is not None and n:
            per[p] = dose / n
        s = "not started" if beams[p] == 0 else \
            "complete" if n is not None and len(days[p]) >= n else "under way"
        state[clinic, s] += 1
        beams_of[clinic, s] += beams[p]
    rows = got(clinic + "/Treatment")
    check(clinic + "/Treatment",
          {int(r["prescription_id"]): (r["site"], float(r["dose_cgy"]) if r["dose_cgy"] else None,
                                       int(r["beams"]), int(r["days"])) for r in rows}, wanted)
    check("order", [int(r["prescription_id"]) for r in rows], sorted(wanted))
    check(clinic + "/DosePerFraction",
          {int(r["prescription_id"]): float(r["dose_per_fraction_cgy"])
           for r in got(clinic + "/DosePerFraction")}, per)

month = collections.Counter(t["Create_DtTm"][:7] for t in raw("ClinicA", "TrackTreatment"))
check("BeamsByMonth", {r["month"]: int(r["beams"]) for r in got("ClinicA/BeamsByMonth")},
      dict(month))
dose = collections.defaultdict(list)
for r in raw("ClinicB", "Site", "|"):
    if r["Version"] == "0" and r["Site_Name"].strip() and r["Dose_Ttl"]:
        dose[r["Site_Name"].strip()].append(round(float(r["Dose_Ttl"]) * 100, 2))
check("DoseBySite", {r["site"]: float(r["median_dose_cgy"]) for r in got("ClinicB/DoseBySite")},
      {s: statistics.median(v) for s, v in dose.items()})
check("StateByClinic", {(r["clinic"], r["state"]): (int(r["prescriptions"]), int(r["beams"]))
                        for r in got("report/StateByClinic")},
      {k: (state[k], beams_of[k]) for k in state})

with open("terminology/LocalMap.csv", newline="") as f:
    local = {r["itemid"]: r["loinc"] for r in csv.DictReader(f)}
cover = collections.defaultdict(lambda: [0, 0, 0, 0])
albumin = {}
with open("terminology/LabItem.csv", newline="") as f:
    for r in csv.DictReader(f):
        code = local.get(r["itemid"])
        if code is None and re.fullmatch(r"[0-9].*-[0-9]", r["loinc"]):
            code = r["loinc"]
        n = int(r["results"] or 0)
        c = cover[r["category"]]
        c[0] += 1
        c[2] += n
        if code:
            c[1] += 1
            c[3] += n
        if "albumin" in r["label"].lower():
            albumin[r["itemid"]] = code or ""
check("LabCoverage", {r["category"]: [int(r[k]) for k in
                                      ("items", "mapped_items", "results", "mapped_results")]
                      for r in got("terminology/LabCoverage")}, dict(cover))
check("Albumin", {r["itemid"]: r["loinc"] for r in got("terminology/Albumin")}, albumin)
mrn = {r["Pat_Id1"]: r["IDA"] for r in raw("ClinicB", "Ident")}
check("Patient", {r["patient_id"]: r["mrn"] for r in got("ClinicB/Patient")},
      {r["Pat_ID1"]: mrn.get(r["Pat_ID1"], "") for r in raw("ClinicB", "Patient")})
