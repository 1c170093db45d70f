import shotgun_api3; sg = shotgun_api3.Shotgun('u'); print(sg)
