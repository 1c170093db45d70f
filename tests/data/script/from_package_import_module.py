from tank_vendor import shotgun_api3
shotgun_api3.Shotgun('https://x.example')
