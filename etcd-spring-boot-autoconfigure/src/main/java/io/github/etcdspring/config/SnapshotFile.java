package io.github.etcdspring.config;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;
import io.github.etcdspring.mirror.Snapshot;

/**
 * Stores the last configuration on disk, for a start without etcd: a line with the format
 * and the checksum, a line for each prefix, an empty line, and the entries as etcd itself
 * would send them.
 */
final class SnapshotFile {

	private static final String TITLE = "etcd configuration snapshot 1 sha256 ";

	private static final int MOST_LINKS = 40;

	private final Path path;

	SnapshotFile(Path path) {
		this.path = path.toAbsolutePath();
	}

	/**
	 * Replace the snapshot atomically. Only the user that the application runs as can
	 * read it.
	 * @param contexts what has been imported
	 * @param snapshot what etcd held
	 * @throws IOException if it cannot be written
	 */
	void write(List<ConfigContext> contexts, Snapshot snapshot) throws IOException {
		byte[] body = body(contexts, snapshot);
		ByteArrayOutputStream content = new ByteArrayOutputStream(body.length + 128);
		content.writeBytes((TITLE + digest(body) + "\n").getBytes(StandardCharsets.US_ASCII));
		content.writeBytes(body);
		Path target = target();
		Path directory = target.getParent();
		Files.createDirectories(directory);
		// the JDK creates it readable by the owner only
		Path next = Files.createTempFile(directory, target.getFileName() + ".", ".tmp");
		try {
			Files.write(next, content.toByteArray());
			Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		finally {
			Files.deleteIfExists(next);
		}
	}

	/** A link, as platforms mount files, stays a link. */
	private Path target() throws IOException {
		Path target = this.path;
		for (int links = 0; Files.isSymbolicLink(target); links++) {
			if (links == MOST_LINKS) {
				throw new IOException("it is a link that leads nowhere");
			}
			target = target.resolveSibling(Files.readSymbolicLink(target)).normalize();
		}
		return target;
	}

	/**
	 * Read the snapshot.
	 * @param contexts what is to be imported, and has to be in the file
	 * @return the snapshot
	 * @throws NoSuchFileException if there is none
	 * @throws IOException if it cannot be read, has been changed, or is of something else
	 */
	Snapshot read(List<ConfigContext> contexts) throws IOException {
		byte[] content = Files.readAllBytes(this.path);
		if (Files.getFileStore(this.path).supportsFileAttributeView("posix")
				&& Files.getPosixFilePermissions(this.path).contains(PosixFilePermission.OTHERS_WRITE)) {
			throw new IOException("all users may write to it. Run 'chmod o-w " + this.path + "'");
		}
		int end = indexOf(content, 0);
		byte[] body = Arrays.copyOfRange(content, end + 1, content.length);
		if (!new String(content, 0, end, StandardCharsets.ISO_8859_1).equals(TITLE + digest(body))) {
			throw new IOException("it has been changed or cut off");
		}
		int start = 0;
		Set<String> prefixes = new HashSet<>();
		for (int next = indexOf(body, 0); next > start; next = indexOf(body, start)) {
			prefixes.add(new String(body, start, next - start, StandardCharsets.UTF_8));
			start = next + 1;
		}
		for (ConfigContext context : contexts) {
			if (!prefixes.contains(context.prefix())) {
				throw new IOException("it does not contain " + context);
			}
		}
		return snapshot(Arrays.copyOfRange(body, start + 1, body.length));
	}

	private static int indexOf(byte[] bytes, int from) throws IOException {
		for (int i = from; i < bytes.length; i++) {
			if (bytes[i] == '\n') {
				return i;
			}
		}
		throw new IOException("it has been changed or cut off");
	}

	private static byte[] body(List<ConfigContext> contexts, Snapshot snapshot) {
		RangeResponse.Builder entries = RangeResponse.newBuilder()
			.setHeader(ResponseHeader.newBuilder().setRevision(snapshot.revision()));
		snapshot.entries()
			.values()
			.forEach((entry) -> entries.addKvs(io.etcd.jetcd.api.KeyValue.newBuilder()
				.setKey(ByteString.copyFrom(entry.getKey().getBytes()))
				.setValue(ByteString.copyFrom(entry.getValue().getBytes()))
				.setModRevision(entry.getModRevision())
				.setCreateRevision(entry.getCreateRevision())
				.setVersion(entry.getVersion())
				.setLease(entry.getLease())));
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		contexts.forEach((context) -> body.writeBytes((context.prefix() + "\n").getBytes(StandardCharsets.UTF_8)));
		body.write('\n');
		body.writeBytes(entries.build().toByteArray());
		return body.toByteArray();
	}

	private static Snapshot snapshot(byte[] bytes) throws InvalidProtocolBufferException {
		RangeResponse response = RangeResponse.parseFrom(bytes);
		Map<ByteSequence, KeyValue> entries = new HashMap<>();
		response.getKvsList().forEach((proto) -> {
			KeyValue entry = new KeyValue(proto, ByteSequence.EMPTY);
			entries.put(entry.getKey(), entry);
		});
		return new Snapshot(response.getHeader().getRevision(), Collections.unmodifiableMap(entries));
	}

	private static String digest(byte[] bytes) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return this.path.toString();
	}

}
