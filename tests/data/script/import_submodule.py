import shotgun_api3.shotgun
sg = shotgun_api3.shotgun.Shotgun('https://x.example')
