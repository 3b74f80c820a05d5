#!/bin/busybox sh
# The guest's first process: load what the root needs, put the root together, go on there with guest.sh.
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*; do insmod "$module" || echo "init: $module does not load"; done
nine=trans=virtio,version=9p2000.L,msize=524288
mount -t 9p -o ro,cache=loose,$nine root /lower || echo "init: no root"
mount -t tmpfs -o mode=755 upper /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work root /root
mount -t tmpfs -o mode=755 run /root/run
mkdir /root/run/kernels
mount -t 9p -o $nine,cache=none share /root/run/kernels || echo "init: no share"
exec switch_root /root /bin/sh /run/kernels/guest.sh
