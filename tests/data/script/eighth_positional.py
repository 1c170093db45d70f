from shotgun_api3 import Shotgun
Shotgun('u', 's', 'k', True, None, True, True, '/etc/old.pem')
Shotgun('u', 's', 'k', True, None, True, True, '/etc/old.pem', 'login')
Shotgun('u', 's', 'k', True, None, True, True)
Shotgun('u', 's', 'k', True, None, True, True, None)
