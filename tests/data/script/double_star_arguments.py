from shotgun_api3 import Shotgun
Shotgun(**settings)
Shotgun('u', **settings)
Shotgun('u', ca_certs='/etc/old.pem', **settings)
