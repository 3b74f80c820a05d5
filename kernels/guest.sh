# What a machine's start would do, as far as the tests need it; then the command; then off.
# /run/kernels is the folder of this run: command, output, status. Sourced settings: RELEASE, FOLDER, MODULES.
. /run/kernels/settings
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mount -t devtmpfs dev /dev
mount -t sysfs sys /sys
mount -t proc proc /proc
for place in /tmp /var/tmp /dev/shm /var/lib/containers /root/.local/share/containers; do
    mkdir -p $place
    mount -t tmpfs -o mode=1777 tmpfs $place
done
mkdir -p /dev/pts /dev/mqueue
mount -t devpts -o mode=620,ptmxmode=666,gid=5 devpts /dev/pts
mount -t mqueue mqueue /dev/mqueue
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ln -sfn /proc/self/fd /dev/fd
mkdir -p "/lib/modules/$RELEASE"
mount --bind "$MODULES" "/lib/modules/$RELEASE"
for controller in cpu memory pids; do
    echo +$controller >/sys/fs/cgroup/cgroup.subtree_control
done 2>/dev/null
ip link set lo up
hostname kernels
cd "$FOLDER" || echo "guest: no $FOLDER" >/run/kernels/output
/bin/sh /run/kernels/command </dev/null >/run/kernels/output 2>&1
echo $? >/run/kernels/status
dmesg >/run/kernels/dmesg
sync
/usr/bin/busybox poweroff -f
