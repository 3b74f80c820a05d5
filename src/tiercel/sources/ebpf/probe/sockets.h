/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* Sockets: addresses and state out of the kernel's own structures. */
#pragma once
#include "files.h"

enum { FAMILY_UNIX = 1, FAMILY_INET = 2, FAMILY_INET6 = 10, PROTOCOL_TCP = 6, STATE_LISTEN = 10 };

static always_inline struct sock *sock_of(struct file *f)
{
    struct inode *inode = GET(f, f_inode);
    if (!f || (GET(inode, i_mode) & KIND_MASK) != KIND_SOCKET)
        return NULL;
    struct socket *s = GET(f, private_data);
    return GET(s, sk);
}

static always_inline u16 swapped(u16 port)
{
    return (u16)(port << 8 | port >> 8);
}

part_function add_unix_path(u32 kind, u32 index, u64 of)
{
    struct build *b = building();
    struct unix_sock *u = (void *)of;
    struct unix_address *a = GET(u, addr);
    if (!b || !a)
        return 0;
    u32 n = GET(a, len);
    u8 *to = part_bytes(b, MAX_ADDRESS);
    if (!to || n <= 2 || n > 110)
        return 0;
    n -= 2;
    BOUND(n, 0x7f);
    /* Behind the length and the reference count that every version has, and the family: the name itself. */
    read_kernel(to, n, (void *)a + OFFSET(struct unix_address, name) + 2);
    part_end(b, kind, index, 0, n);
    return 0;
}

part_function add_socket(u32 index, u64 of)
{
    struct build *b = building();
    struct sock *sk = sock_of((void *)of);
    if (!b || !sk)
        return 0;
    struct socket_facts *to = (void *)part_bytes(b, sizeof(struct socket_facts));
    if (!to)
        return 0;
    __builtin_memset(to, 0, sizeof(*to));
    to->family = GET(sk, __sk_common.skc_family);
    to->type = GET(sk, sk_type);
    to->protocol = GET(sk, sk_protocol);
    to->state = GET(sk, __sk_common.skc_state);
    to->cookie = GET(sk, __sk_common.skc_cookie).counter;
    struct net *net = GET(sk, __sk_common.skc_net).net;
    to->netns = GET(net, ns.inum);
    to->backlog = GET(sk, sk_ack_backlog);
    to->max_backlog = GET(sk, sk_max_ack_backlog);
    to->flags = to->state == STATE_LISTEN ? SOCKET_LISTENS : 0;
    struct unix_sock *peer = NULL, *own = NULL;
    if (to->family == FAMILY_INET || to->family == FAMILY_INET6) {
        to->own_port = GET(sk, __sk_common.skc_num);
        to->peer_port = swapped(GET(sk, __sk_common.skc_dport));
        if (to->family == FAMILY_INET) {
            u32 own_ip = GET(sk, __sk_common.skc_rcv_saddr), peer_ip = GET(sk, __sk_common.skc_daddr);
            __builtin_memcpy(to->own_ip, &own_ip, 4);
            __builtin_memcpy(to->peer_ip, &peer_ip, 4);
        } else {
            read_kernel(to->own_ip, 16, &sk->__sk_common.skc_v6_rcv_saddr);
            read_kernel(to->peer_ip, 16, &sk->__sk_common.skc_v6_daddr);
        }
        if (to->protocol == PROTOCOL_TCP && !(to->flags & SOCKET_LISTENS)) {
            struct tcp_sock *t = (void *)sk;
            to->received_bytes = GET(t, bytes_received);
            to->sent_bytes = GET(t, bytes_acked);
        }
    } else if (to->family == FAMILY_UNIX) {
        own = (void *)sk;
        peer = (void *)GET(own, peer);
        to->own = (u64)own;
        to->peer = (u64)peer;
    }
    part_end(b, PART_SOCKET, index, 0, sizeof(*to));
    if (own) {
        add_unix_path(PART_OWN_PATH, index, (u64)own);
        if (peer)
            add_unix_path(PART_PEER_PATH, index, (u64)peer);
    }
    return 0;
}
