package io.github.etcdspring.cli;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when arguments, settings, files or keys prevent the command. The message
 * contains no value.
 */
final class InvalidInputException extends RuntimeException {

	private static final long serialVersionUID = 1L;

	InvalidInputException(String message) {
		this(message, null);
	}

	InvalidInputException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

	/**
	 * Create an exception for a file that cannot be read or written.
	 * @param problem what failed
	 * @param cause why
	 * @return the exception
	 */
	static InvalidInputException of(String problem, IOException cause) {
		return new InvalidInputException(problem + ": " + reason(cause), cause);
	}

	/** Exceptions of the file system often have the path as their only message. */
	private static String reason(IOException cause) {
		if (cause instanceof NoSuchFileException) {
			return "it does not exist";
		}
		if (cause instanceof AccessDeniedException) {
			return "permission denied";
		}
		if (cause instanceof FileAlreadyExistsException) {
			return "a file has the name of the directory";
		}
		if (cause instanceof FileSystemLoopException) {
			return "a symbolic link refers to a directory that contains it";
		}
		return cause.getMessage() + " (" + cause.getClass().getSimpleName() + ")";
	}

	@Override
	public String getMessage() {
		return String.valueOf(super.getMessage());
	}

}
