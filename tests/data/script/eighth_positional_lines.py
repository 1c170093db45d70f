from shotgun_api3 import Shotgun
Shotgun(
    'u', 's', 'k',
    True, None, True, True,
    '/etc/old.pem',
)
