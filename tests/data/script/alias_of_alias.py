import shotgun_api3
api = shotgun_api3
A = B = api.Shotgun
C = B
sg = C('u')
