# @include action/r
# @depend ./Prescription (site, dose_cgy) as prescription
# @key site
# @doc Prescriptions and their median dose, site by site.
p <- read.csv("in/prescription.csv", colClasses = c("character", "numeric"))
p <- p[!is.na(p$site) & !is.na(p$dose_cgy), ]
n <- aggregate(dose_cgy ~ site, data = p, FUN = length)
m <- aggregate(dose_cgy ~ site, data = p, FUN = median)
out <- data.frame(site = n$site, prescriptions = n$dose_cgy,
                  median_dose_cgy = m$dose_cgy)
write.csv(out, "out.csv", row.names = FALSE)
