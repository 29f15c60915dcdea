package io.github.etcdspring.discovery;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/**
 * Starts the catalog from its snapshot file while etcd is unavailable, and keeps the file
 * up to date afterwards. Does nothing if no file is configured.
 */
final class CatalogSnapshot implements AutoCloseable {

	private static final Log logger = LogFactory.getLog(CatalogSnapshot.class);

	private final @Nullable CatalogFile file;

	private final @Nullable CatalogSaver saver;

	/**
	 * Create a snapshot.
	 * @param file the file, {@code null} for none
	 * @param current the current catalog, {@code null} if it is not worth saving
	 */
	CatalogSnapshot(@Nullable CatalogFile file, Supplier<@Nullable CatalogState> current) {
		this.file = file;
		this.saver = (file != null) ? new CatalogSaver(file, current) : null;
	}

	/**
	 * Start to save the catalog.
	 */
	void open() {
		if (this.saver != null) {
			this.saver.start();
		}
	}

	/**
	 * Return the services that the application had called before.
	 * @return their names, empty without a usable file
	 */
	Set<String> calledServices() {
		try {
			return (this.file != null) ? this.file.readCalledServices() : Set.of();
		}
		catch (IOException ex) {
			return Set.of();
		}
	}

	/**
	 * Read the file, and start with its catalog.
	 * @param begin uses the catalog, unless etcd has answered meanwhile
	 * @return why the file cannot be used, empty if there is nothing to say
	 */
	String read(Predicate<CatalogState> begin) {
		if (this.file == null) {
			return "";
		}
		try {
			CatalogState last = this.file.read();
			if (begin.test(last)) {
				log(last);
			}
			return "";
		}
		catch (NoSuchFileException ex) {
			return ". There is no snapshot file " + this.file;
		}
		catch (IOException ex) {
			return ". The snapshot file " + this.file + " cannot be used: " + ex.getMessage();
		}
	}

	private void log(CatalogState last) {
		logger.warn("Starting with the service catalog of the snapshot file " + this.file + ", saved "
				+ CatalogFile.ageText(last.asOf()) + " ago, with "
				+ last.catalog().instances().values().stream().mapToInt(List::size).sum() + " instances of "
				+ last.catalog().instances().size() + " services. It is replaced as soon as etcd is available");
	}

	@Override
	public void close() {
		if (this.saver != null) {
			this.saver.close();
		}
	}

}
