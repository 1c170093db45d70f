import shotgun_api3
Connection = shotgun_api3.Shotgun
sg = Connection('u')
