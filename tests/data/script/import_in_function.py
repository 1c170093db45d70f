def connect(url):
    import shotgun_api3
    return shotgun_api3.Shotgun(url)


def other(shotgun_api3):
    return shotgun_api3.Shotgun('u')
