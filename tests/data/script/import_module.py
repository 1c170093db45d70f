import shotgun_api3

sg = shotgun_api3.Shotgun('https://x.example', 'script', 'key')
