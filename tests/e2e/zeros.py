#!/usr/bin/env python3
"""zeros.py GITDIR MIB: puts a blob of so many MiB of zeros into a repository,
as a pack of a few MB, and prints its id. No git hashes it here: whoever
receives it does."""
import hashlib, struct, sys, zlib

MIB = b"\0" * (1 << 20)


def content(mib):
    """zlib's stream of the zeros: a block that ends where it can be repeated."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = deflate.compress(MIB) + deflate.flush(zlib.Z_FULL_FLUSH)
    adler = 1 + (mib << 20) % 65521 * 65536  # of zeros: a = 1, b = their number
    return b"\x78\x9c" + block * mib + b"\x03\x00" + struct.pack(">I", adler)


def head(size):
    """a pack's entry: type 3 (blob) and the size, seven bits a byte"""
    out, rest = [3 << 4 | size & 15], size >> 4
    while rest:
        out[-1] |= 0x80
        out.append(rest & 0x7F)
        rest >>= 7
    return bytes(out)


def main():
    gitdir, mib = sys.argv[1], int(sys.argv[2])
    sha = hashlib.sha1(b"blob %d\0" % (mib << 20))
    for _ in range(mib):
        sha.update(MIB)
    entry = head(mib << 20) + content(mib)
    pack = b"PACK" + struct.pack(">II", 2, 1) + entry
    pack += hashlib.sha1(pack).digest()
    first = sha.digest()[0]
    index = b"\xfftOc" + struct.pack(">I", 2)
    index += b"".join(struct.pack(">I", i >= first) for i in range(256))
    index += sha.digest() + struct.pack(">II", zlib.crc32(entry), 12) + pack[-20:]
    index += hashlib.sha1(index).digest()
    name = "%s/objects/pack/pack-%s" % (gitdir, pack[-20:].hex())
    for end, data in ((".pack", pack), (".idx", index)):
        with open(name + end, "wb") as f:
            f.write(data)
    print(sha.hexdigest())


main()
