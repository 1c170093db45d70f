from shotgun_api3 import Shotgun
Shotgun(ca_certs='/etc/old.pem', base_url='u')
