import shotgun_api3; shotgun_api3.Shotgun('u')
