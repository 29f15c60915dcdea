package io.github.etcdspring.client;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * DNS server on the loopback address that serves only SRV records.
 */
final class DnsServer implements AutoCloseable {

	private static final int SRV = 33;

	private static final int NO_SUCH_NAME = 3;

	private final DatagramSocket socket;

	private final Map<String, List<Integer>> ports = new ConcurrentHashMap<>();

	private DnsServer(DatagramSocket socket) {
		this.socket = socket;
	}

	static DnsServer start() {
		try {
			DnsServer server = new DnsServer(new DatagramSocket(0, InetAddress.getLoopbackAddress()));
			Thread thread = new Thread(server::serve, "dns-server");
			thread.setDaemon(true);
			thread.start();
			return server;
		}
		catch (SocketException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Adds records of a name for ports of localhost. */
	void put(String name, Integer... ports) {
		this.ports.put(name, List.of(ports));
	}

	String address() {
		return "127.0.0.1:" + this.socket.getLocalPort();
	}

	private void serve() {
		try {
			while (!this.socket.isClosed()) {
				DatagramPacket packet = new DatagramPacket(new byte[512], 512);
				this.socket.receive(packet);
				byte[] answer = answer(ByteBuffer.wrap(packet.getData(), 0, packet.getLength()));
				this.socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
			}
		}
		catch (IOException ex) {
			// closed
		}
	}

	private byte[] answer(ByteBuffer query) throws IOException {
		short id = query.getShort(0);
		query.position(12);
		StringBuilder name = new StringBuilder();
		for (int length = query.get(); length > 0; length = query.get()) {
			byte[] label = new byte[length];
			query.get(label);
			name.append((name.isEmpty()) ? "" : ".").append(new String(label, StandardCharsets.US_ASCII));
		}
		byte[] question = new byte[query.position() - 12 + 4];
		query.position(12);
		query.get(question);
		List<Integer> found = this.ports.getOrDefault(name.toString(), List.of());
		ByteArrayOutputStream bytes = new ByteArrayOutputStream();
		DataOutputStream out = new DataOutputStream(bytes);
		out.writeShort(id);
		out.writeShort(0x8180 | ((found.isEmpty()) ? NO_SUCH_NAME : 0));
		out.writeShort(1);
		out.writeShort(found.size());
		out.writeInt(0);
		out.write(question);
		for (int port : found) {
			byte[] host = "\tlocalhost\0".getBytes(StandardCharsets.US_ASCII);
			out.writeShort(0xC00C);
			out.writeShort(SRV);
			out.writeShort(1);
			out.writeInt(60);
			out.writeShort(6 + host.length);
			out.writeInt(0);
			out.writeShort(port);
			out.write(host);
		}
		return bytes.toByteArray();
	}

	@Override
	public void close() {
		this.socket.close();
	}

}
