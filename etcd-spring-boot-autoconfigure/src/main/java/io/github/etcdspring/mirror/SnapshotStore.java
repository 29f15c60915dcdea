package io.github.etcdspring.mirror;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.ResponseHeader;

/**
 * Stores a snapshot in a file, for a start without etcd. The file consists of a line with
 * format and checksum, header lines, an empty line, and the entries as an encoded
 * response of etcd.
 */
public final class SnapshotStore {

	private static final int MAX_LINKS = 40;

	private final Path path;

	private final String title;

	/**
	 * Create a store.
	 * @param path the file
	 * @param format the kind of content and the version of the format
	 */
	public SnapshotStore(Path path, String format) {
		this.path = path.toAbsolutePath();
		this.title = format + " sha256 ";
	}

	/**
	 * Replace the snapshot atomically. The file is readable by its owner only.
	 * @param header the header lines, none of them empty
	 * @param snapshot the entries
	 * @throws IOException if the file cannot be written
	 */
	public void write(List<String> header, Snapshot snapshot) throws IOException {
		byte[] body = body(header, snapshot);
		ByteArrayOutputStream content = new ByteArrayOutputStream(body.length + 128);
		content.writeBytes((this.title + digest(body) + "\n").getBytes(StandardCharsets.US_ASCII));
		content.writeBytes(body);
		Path target = target();
		Path directory = target.getParent();
		Files.createDirectories(directory);
		// readable by the owner only
		Path next = Files.createTempFile(directory, target.getFileName() + ".", ".tmp");
		try {
			Files.write(next, content.toByteArray());
			Files.move(next, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		finally {
			Files.deleteIfExists(next);
		}
	}

	/** Preserves a symbolic link, as some platforms mount files as links. */
	private Path target() throws IOException {
		Path target = this.path;
		for (int links = 0; Files.isSymbolicLink(target); links++) {
			if (links == MAX_LINKS) {
				throw new IOException("it is a symbolic link with too many levels");
			}
			target = target.resolveSibling(Files.readSymbolicLink(target)).normalize();
		}
		return target;
	}

	/**
	 * Read the snapshot.
	 * @return the snapshot and its header
	 * @throws NoSuchFileException if the file does not exist
	 * @throws IOException if the file cannot be read, is damaged, or is writable by all
	 * users
	 */
	public Stored read() throws IOException {
		byte[] content = Files.readAllBytes(this.path);
		// the file store cannot be determined in some containers and chroots
		PosixFileAttributeView posix = Files.getFileAttributeView(this.path, PosixFileAttributeView.class);
		if (posix != null && posix.readAttributes().permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
			throw new IOException("it is writable by all users. Run 'chmod o-w " + this.path + "'");
		}
		int end = indexOf(content, 0);
		byte[] body = Arrays.copyOfRange(content, end + 1, content.length);
		if (!new String(content, 0, end, StandardCharsets.ISO_8859_1).equals(this.title + digest(body))) {
			throw new IOException("it was modified or truncated");
		}
		int start = 0;
		List<String> header = new ArrayList<>();
		for (int next = indexOf(body, 0); next > start; next = indexOf(body, start)) {
			header.add(new String(body, start, next - start, StandardCharsets.UTF_8));
			start = next + 1;
		}
		return new Stored(header, snapshot(Arrays.copyOfRange(body, start + 1, body.length)));
	}

	private static int indexOf(byte[] bytes, int from) throws IOException {
		for (int i = from; i < bytes.length; i++) {
			if (bytes[i] == '\n') {
				return i;
			}
		}
		throw new IOException("it was modified or truncated");
	}

	private static byte[] body(List<String> header, Snapshot snapshot) {
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
		header.forEach((line) -> body.writeBytes((line + "\n").getBytes(StandardCharsets.UTF_8)));
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

	/**
	 * The content of the file.
	 *
	 * @param header the header lines
	 * @param snapshot the entries
	 */
	public record Stored(List<String> header, Snapshot snapshot) {

	}

}
