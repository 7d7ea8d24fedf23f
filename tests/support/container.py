"""A logitd of the image: under Docker, or, where no engine runs, in what buildah has built.

Without an engine the image's root is mounted read-only in a mount namespace, and its entry point
started as the image's user without capabilities: what `docker run --read-only --cap-drop ALL` does.
"""

import json
import os
import shlex
import subprocess

from daemon import Daemon, clean_environment

# $1: the image's root; $2: the volume; then the user, its group and the command.
ISOLATE = """
set -e
root=$1 volume=$2 user=$3 group=$4
shift 4
mount --bind "$root" "$root"
mount --rbind /dev "$root/dev"
mount -t tmpfs none "$root/dev/shm"
mount -t proc none "$root/proc"
mount --bind "$volume" "$root/data"
mount -o remount,ro,bind "$root"
exec chroot "$root" setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs \
    --bounding-set=-all --inh-caps=-all "$@"
"""


def output(*command):
    environment = os.environ | {"STORAGE_DRIVER": "vfs"}
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def docker_answers():
    try:
        return subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


class DockerImage:
    def __init__(self, tag):
        self.tag = tag
        self.config = json.loads(output("docker", "inspect", tag))[0]["Config"]

    def command(self, command, volume, environment):
        """Runs a command, or the entry point with arguments where the command begins with it."""
        entry, *arguments = command
        variables = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        isolation = ["--network", "host", "--read-only", "--cap-drop", "ALL"]
        isolation += ["--security-opt", "no-new-privileges", "-v", f"{volume}:/data"]
        return ["docker", "run", "--rm", *isolation, *variables, "--entrypoint", entry, self.tag, *arguments]

    def remove(self):
        pass


class BuildahImage:
    def __init__(self, tag):
        self.config = json.loads(output("buildah", "inspect", "--type", "image", tag))["OCIv1"]["config"]
        self.container = output("buildah", "from", "--pull-never", tag)
        self.root = output("buildah", "mount", self.container)

    def command(self, command, volume, environment):
        variables = [*self.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
        user, group = self.config["User"].split(":")
        isolated = ["sh", "-c", ISOLATE, "isolate", self.root, volume, user, group]
        return ["unshare", "--mount", *isolated, "env", "-i", *variables, *command]

    def remove(self):
        output("buildah", "rm", self.container)


class Container(Daemon):
    """The image's entry point as a daemon of the tests; its data directory is the volume."""

    def __init__(self, image, directory, *options, environment=None):
        super().__init__(directory, *options)
        self.image = image
        self.variables = environment or {}
        self.data.mkdir(parents=True)
        user, group = (int(number) for number in image.config["User"].split(":"))
        os.chown(self.data, user, group)

    def command(self):
        start = [*self.image.config["Entrypoint"], "--listen", "127.0.0.1:0", *self.options]
        return self.image.command(start, self.data, self.variables)

    def run(self, *command, **variables):
        """Another process in a container of the same image and volume."""
        full = self.image.command(list(command), self.data, self.variables | variables)
        return subprocess.run(
            full, env=clean_environment(), capture_output=True, text=True, timeout=60
        )

    def __str__(self):
        return shlex.join(str(part) for part in self.command())
