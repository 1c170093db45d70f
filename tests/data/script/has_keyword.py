from shotgun_api3 import Shotgun
Shotgun('u', ca_certs='/etc/old.pem')
Shotgun('u', ca_certs = u'/opt/ca.pem', connect=False)
