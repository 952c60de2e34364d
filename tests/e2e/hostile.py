#!/usr/bin/env python3
"""hostile.py: programs that try to get out of their sandbox, or to use up the
machine; each is shown to work without a sandbox, then to be stopped in one.

    hostile.py DIR    writes each as a node below DIR/Hostile, which is a program
                      without sluice, too, and prints the table: NAME WHO WANTED

Every program is harmless where it succeeds: it reads what the test has planted,
asks for what the kernel refuses for its arguments, or uses some hundred MB. It
ends with out.csv, one row: "escaped" or "stopped". WHO is "all", or "root" where
only root can show that the attempt works. WANTED is what the sandbox makes of
it: "stopped", or "failed:WORDS" of the run's message."""
import os
import sys

PLANTED = os.environ.get("PLANTED", "/nowhere")  # made by the test

HEAD = """import ctypes, errno, fcntl, os, resource, socket, stat, struct, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args): # whether it went further than "not permitted"
    args = [ctypes.c_long(a) if isinstance(a, int) else a for a in args]
    return libc.syscall(ctypes.c_long(number), *args) >= 0 or \\
        ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS)
def reads(path):
    return "canary" in open(path, errors="replace").read()
def any_reads(name):
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            if p != str(os.getpid()) and reads("/proc/%%s/%%s" %% (p, name)):
                return True
        except OSError:
            pass
planted = %r
first = %r if os.path.isdir(planted) else "1"
def attempt():
""" % (PLANTED, os.environ.get("HOSTILE_PID", "1"))
TAIL = '''
try:
    got = attempt()
except (OSError, AttributeError, MemoryError, ValueError):
    got = False
open("out.csv", "w").write("r\\n%s\\n" % ("escaped" if got else "stopped"))
'''

# NAME: (WHO, body of attempt()); a list of lines
ESCAPES = {
    # files of the machine
    "read_host_file": ("all", "return reads(planted + '/secret')"),
    "read_shadow": ("root", "return os.path.getsize('/etc/shadow') > 0"),
    "list_accounts": ("all", "return 'root' in open('/etc/passwd').read()"),
    "read_store": ("all", "return any(f for _, _, f in os.walk(planted + '/server.git/sluice/blobs'))"),
    "read_run_database": ("all", "return open(planted + '/server.git/sluice/runner/run.db', 'rb').read(6) == b'SQLite'"),
    "read_token": ("all", "return reads(planted + '/token')"),
    "read_repository": ("all", "return 'bare' in open(planted + '/server.git/config').read()"),
    "read_other_job": ("all", "return reads(planted + '/server.git/sluice/tmp/jobs/other/in/patient.csv')"),
    "write_host_file": ("all", "open(planted + '/written', 'w').write('x'); return True"),
    "link_host_file": ("all", "os.link(planted + '/secret', 'linked%d' % os.getpid()); return True"),
    "write_usr": ("root", "return os.access('/usr/bin', os.W_OK)"),
    "see_sys": ("all", "return os.path.exists('/sys/kernel')"),
    "see_block_device": ("all", "return any(stat.S_ISBLK(os.stat('/dev/' + n).st_mode) for n in os.listdir('/dev') if os.path.exists('/dev/' + n))"),
    "see_dev_shm": ("all", "return os.path.exists('/dev/shm/' + os.path.basename(planted) + '.canary')"),
    "write_own_input": ("all", "open('in/T.csv', 'a').write('x'); return True"),
    "replace_own_input": ("all", "os.rename('in/T.csv', 'T.csv'); return True"),
    "write_own_code": ("all", "open(sys.argv[0], 'a').write('#'); return True"),
    "make_device": ("root", "os.mknod('d', stat.S_IFBLK | 0o600, os.makedev(254, 0)); return True"),
    "give_file_away": ("root", "open('f', 'w'); os.chown('f', 1, 1); return True"),
    "change_root": ("root", "os.chroot('.'); return True"),
    # processes of others
    "read_environment": ("all", "return any_reads('environ')"),
    "read_command_line": ("all", "return any_reads('cmdline')"),
    "root_of_first": ("all", "return reads('/proc/%s/root%s/secret' % (first, planted))"),
    "directory_of_first": ("all", "return reads('/proc/%s/cwd/secret' % first)"),
    # bubblewrap's first process is no more than the code is, and may be opened
    "memory_of_first": ("all", "open('/proc/%s/mem' % first, 'rb'); return 'Seccomp:\\t0' in open('/proc/%s/status' % first).read()"),
    "signal_other": ("all", "os.kill(%s, 0); return True"),
    "trace": ("all", "return libc.ptrace(0, 0, 0, 0) == 0"),
    "read_memory": ("all", "b = ctypes.create_string_buffer(8); v = (ctypes.c_void_p * 2)(ctypes.addressof(b), 8); return libc.process_vm_readv(os.getpid(), v, 1, v, 1, 0) == 8"),
    "shared_memory": ("all", "return libc.shmget(int(%s), 0, 0) >= 0"),
    "inherited_descriptor": ("all", "return any(reads('/proc/self/fd/%d' % n) for n in range(3, 64) if os.path.isfile('/proc/self/fd/%d' % n))"),
    "inherited_environment": ("all", "return 'canary' in os.environ.get('HOSTILE', '')"),
    # the network
    "tcp_to_host": ("all", "socket.create_connection(('127.0.0.1', %s), 3); return True"),
    "dns": ("all", "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.sendto(b'who', ('127.0.0.1', %s)); return s.recv(9) == b'canary'"),
    "interface": ("all", "return any(n != 'lo' for _, n in socket.if_nameindex())"),
    "abstract_socket": ("all", "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + %r); return True"),
    "unix_socket": ("all", "s = socket.socket(socket.AF_UNIX); s.connect(planted + '/socket'); return True"),
    "netlink": ("all", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); return True"),
    "packet_socket": ("root", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW); return True"),
    "raw_socket": ("root", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); return True"),
    "crypto_socket": ("all", "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET); return True"),
    "vsock": ("all", "socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); return True"),
    # the kernel's other parts
    "mount": ("root", "d = os.path.realpath('.'); ok = libc.mount(b't', d.encode(), b'tmpfs', 0, None) == 0; ok and libc.umount2(d.encode(), 2); return ok"),
    "new_mount": ("root", "return call(430, b'tmpfs', 0)"),
    "user_namespace": ("all", "return subprocess.run(['unshare', '-U', 'true'], stderr=-3).returncode == 0"),
    "mount_namespace": ("root", "return subprocess.run(['unshare', '-m', 'true'], stderr=-3).returncode == 0"),
    "enter_namespace": ("root", "f = open('/proc/self/ns/net'); return libc.setns(f.fileno(), 0) == 0"),
    "keyring": ("all", "return call(248, b'user', b'k', b'v', 1, -3)"),
    "read_keys": ("all", "return call(250, 0, -3, 1)"),
    "bpf": ("root", "a = struct.pack('IIII', 2, 4, 4, 1) + bytes(112); return call(321, 0, a, len(a))"),
    "perf": ("root", "a = struct.pack('II', 1, 112) + bytes(104); return call(298, a, 0, -1, -1, 0)"),
    "userfaultfd": ("root", "return call(323, 0)"),
    "io_uring": ("all", "return call(425, 4, ctypes.create_string_buffer(256))"),
    "open_by_handle": ("root", "return call(304, -1, bytes(64), 0)"),
    "module": ("root", "return call(313, -1, b'', 0)"),
    "kexec": ("root", "return call(246, 0, 99, 0, 0xffff0000)"),
    "reboot": ("root", "return call(169, 0, 0, 0, 0)"),
    "set_clock": ("root", "return call(227, 0, struct.pack('qq', 0, -1))"),
    "set_host_name": ("root", "n = os.uname().nodename.encode(); return libc.sethostname(n, len(n)) == 0"),
    "kernel_log": ("root", "return libc.klogctl(10, None, 0) >= 0"),
    "no_randomization": ("all", "return libc.personality(0x40000) != -1"),
    "type_into_terminal": ("root", "a, b = os.openpty(); fcntl.ioctl(b, 0x5412, b'x'); return True"),
    "capability": ("root", "return 'CapEff:\\t0000000000000000' not in open('/proc/self/status').read()"),
    "set_uid_program": ("all", "return not os.statvfs('/usr').f_flag & os.ST_NOSUID"),
    "be_root": ("root", "os.setuid(0); return True"),
    "raise_limit": ("root", "resource.setrlimit(resource.RLIMIT_NPROC, (1 << 20, 1 << 20)); return True"),
    "be_preferred": ("root", "os.nice(-1); return True"),
    "be_real_time": ("root", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); return True"),
    "write_sysctl": ("root", "return os.access('/proc/sys/kernel/panic', os.W_OK)"),
    "control_group": ("root", "return os.access('/sys/fs/cgroup/cgroup.procs', os.W_OK) or os.access('/sys/fs/cgroup/pids/cgroup.procs', os.W_OK)"),
    # the machine used up
    "daemon": ("all", """if os.fork() == 0:
        os.setsid()
        if os.fork() == 0: os.execv('/bin/sleep', ['canary' + os.path.basename(planted), '9876'])
        os._exit(0)
    os.wait()
    return os.path.isdir(planted) # in a sandbox the test looks for it"""),
    "fork_bomb": ("all", """n = []
    try:
        while len(n) < 700: n.append(subprocess.Popen(['sleep', '100']))
    except OSError: pass
    for p in n: p.kill()
    for p in n: p.wait()
    return len(n) == 700"""),
    "fill_tmp": ("all", "f = open((planted if os.path.isdir(planted) else '/tmp') + '/big', 'w'); os.posix_fallocate(f.fileno(), 0, 2 << 30); os.unlink(f.name); return True"),
    "large_file": ("all", "f = open('big', 'w'); f.truncate(9 << 30); return True"),
    "sparse_exabyte": ("all", "f = open('/dev/shm/hostile%d' % os.getpid(), 'w'); os.unlink(f.name); f.truncate(1 << 60); return True"),
    "address_space": ("all", "a = bytearray(3 << 30); return True"),
}

ENDS = {
    "many_files": ("failed:100000 files", """os.makedirs('a/b')
    for i in range(110000): open('a/b/%d' % i, 'w').close()
    time.sleep(0 if os.path.isdir(planted) else 100)
    return True"""),
    "never_ends": ("failed:took longer than its limit", """import signal
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(4 if os.path.isdir(planted) else 1000)
    return True"""),
}

# what a program prints: bytes enough that the log has a middle to leave out
PRINTS = {
    "long_log": "for i in range(400000): print('canary', 'x' * 90)",
    "one_long_line": "for i in range(400): sys.stdout.write('x' * 100000)",
    "terminal_words": "sys.stderr.write('\\x1b]0;canary\\x07\\x1b[2J' * 9 + '\\n'); sys.stderr.flush(); sys.exit(3)",
}


def program(name):
    """The code of one, with what the test planted in it."""
    places = {
        "signal_other": os.environ.get("HOSTILE_PID", "1"),
        "shared_memory": os.environ.get("HOSTILE_SHM", "0"),
        "tcp_to_host": os.environ.get("HOSTILE_TCP", "9"),
        "dns": os.environ.get("HOSTILE_UDP", "9"),
        "abstract_socket": os.environ.get("HOSTILE_NAME", "none"),
    }
    if name in PRINTS:
        return "import sys\n%s\nopen('out.csv', 'w').write('r\\nescaped\\n')\n" % PRINTS[name]
    body = ESCAPES[name][1] if name in ESCAPES else ENDS[name][1]
    if name in places:
        body = body % places[name]
    return HEAD + "    " + body + "\n" + TAIL


def main():
    where = sys.argv[1]
    os.makedirs(where + "/Hostile", exist_ok=True)
    rows = [(n, who, "stopped") for n, (who, _) in ESCAPES.items()]
    rows += [(n, "all", wanted) for n, (wanted, _) in ENDS.items()]
    rows += [(n, "all", "prints") for n in PRINTS]
    for name, who, wanted in rows:
        limit = "@timeout 3s" if "longer" in wanted else "@timeout 5m"
        with open("%s/Hostile/%s.py" % (where, name), "w") as f:
            f.write("# @include action/python\n# @depend ../T\n# %s\n# @memory 2GiB\n" % limit)
            f.write(program(name))
        print(name, who, wanted)


main()
