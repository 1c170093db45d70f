from shotgun_api3 import Shotgun
Shotgun(*args)
Shotgun('u', *args)
Shotgun('u', 's', 'k', 1, 2, 3, *args)
Shotgun(1, 2, 3, 4, 5, 6, 7, '/etc/old.pem', *args)
Shotgun(ca_certs='/etc/old.pem', *args)
