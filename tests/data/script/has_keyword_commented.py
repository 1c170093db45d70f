from shotgun_api3 import Shotgun
Shotgun(
    'u',  # the site
    ca_certs='/etc/old.pem',  # ours
    connect=False,  # later
)
