import shotgun_api3
class Studio(shotgun_api3.Shotgun):
    def __init__(self, url):
        shotgun_api3.Shotgun.__init__(self, url, 'tool', 'key')
        shotgun_api3.Shotgun.__init__(self, url, 's', 'k', True, None, True, True, '/etc/old.pem')
