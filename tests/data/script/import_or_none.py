try:
    import shotgun_api3
except ImportError:
    shotgun_api3 = None

if shotgun_api3:
    sg = shotgun_api3.Shotgun('u')
