import { ConstantBackoff, noop } from 'cockatiel';
import { Etcd3, EtcdAuthenticationFailedError, EtcdPermissionDeniedError } from 'etcd3';

const { ETCD_ENDPOINTS = 'http://127.0.0.1:2379', ETCD_USERNAME, ETCD_PASSWORD } = process.env;

/** Connects as configured in the environment; every call except streams has a deadline. */
export function connect() {
  return new Etcd3({
    hosts: ETCD_ENDPOINTS.split(','),
    auth: ETCD_USERNAME ? { username: ETCD_USERNAME, password: ETCD_PASSWORD } : undefined,
    defaultCallOptions: ({ isStream }) => (isStream ? {} : { deadline: Date.now() + 5_000 }),
    // Detect dead connections
    grpcOptions: { 'grpc.keepalive_time_ms': 10_000, 'grpc.keepalive_timeout_ms': 3_000 },
    // Retry every second instead of with exponential back-off
    faultHandling: { host: () => noop, watchBackoff: new ConstantBackoff(1_000) },
  });
}

/** Whether etcd has rejected the user. */
export function isRefused(error) {
  return error instanceof EtcdAuthenticationFailedError || error instanceof EtcdPermissionDeniedError;
}
