from shotgun_api3 import Shotgun
Shotgun('u', ca_certs=(  # ours
    '/etc/old.pem'))
