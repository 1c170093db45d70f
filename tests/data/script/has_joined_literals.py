from shotgun_api3 import Shotgun
Shotgun('u', ca_certs='/opt/'
        'ca.pem')
