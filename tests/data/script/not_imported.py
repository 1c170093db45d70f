def main():
    return Shotgun('u')
