import { ConstantBackoff, noop } from 'cockatiel';
import { Etcd3, EtcdAuthenticationFailedError, EtcdPermissionDeniedError } from 'etcd3';

const { ETCD_ENDPOINTS = 'http://127.0.0.1:2379', ETCD_USERNAME, ETCD_PASSWORD } = process.env;

/** Connects as the environment says; every call but a stream has a deadline. */
export function connect() {
  return new Etcd3({
    hosts: ETCD_ENDPOINTS.split(','),
    auth: ETCD_USERNAME ? { username: ETCD_USERNAME, password: ETCD_PASSWORD } : undefined,
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + 5_000 }),
    // A connection on which nothing answers is noticed
    grpcOptions: { 'grpc.keepalive_time_ms': 10_000, 'grpc.keepalive_timeout_ms': 3_000 },
    // Try again each second rather than ever more seldom
    faultHandling: { host: () => noop, watchBackoff: new ConstantBackoff(1_000) },
  });
}

/** Whether etcd answers and does not want this user. */
export function isRefused(error) {
  return error instanceof EtcdAuthenticationFailedError || error instanceof EtcdPermissionDeniedError;
}
