package io.github.etcdspring.loadbalancer;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;

import org.springframework.web.servlet.function.ServerRequest;

/**
 * Request that tells whether any part of its body has been read. HTTP clients differ in
 * whether they read it before they are connected.
 */
final class TrackedBodyRequest extends HttpServletRequestWrapper {

	private final TrackedBody body;

	/** Read by the threads of the HTTP client. */
	private volatile boolean read;

	TrackedBodyRequest(HttpServletRequest request) throws IOException {
		super(request);
		this.body = new TrackedBody(request.getInputStream());
	}

	/**
	 * Return a request with this body. A filter cannot replace the servlet request
	 * otherwise.
	 * @param request the request that was received
	 * @return the same request with this servlet request
	 */
	ServerRequest in(ServerRequest request) {
		return (ServerRequest) Proxy.newProxyInstance(ServerRequest.class.getClassLoader(),
				new Class<?>[] { ServerRequest.class }, (proxy, method, arguments) -> {
					if (method.getName().equals("servletRequest")) {
						return this;
					}
					try {
						return method.invoke(request, arguments);
					}
					catch (InvocationTargetException ex) {
						throw ex.getTargetException();
					}
				});
	}

	boolean isRead() {
		return this.read;
	}

	@Override
	public ServletInputStream getInputStream() {
		return this.body;
	}

	@Override
	public BufferedReader getReader() throws IOException {
		this.read = true;
		return super.getReader();
	}

	/**
	 * The body.
	 */
	private final class TrackedBody extends ServletInputStream {

		private final ServletInputStream delegate;

		TrackedBody(ServletInputStream delegate) {
			this.delegate = delegate;
		}

		@Override
		public int read() throws IOException {
			TrackedBodyRequest.this.read = true;
			return this.delegate.read();
		}

		@Override
		public int read(byte[] buffer, int offset, int length) throws IOException {
			TrackedBodyRequest.this.read = true;
			return this.delegate.read(buffer, offset, length);
		}

		@Override
		public int available() throws IOException {
			return this.delegate.available();
		}

		@Override
		public void close() throws IOException {
			TrackedBodyRequest.this.read = true;
			this.delegate.close();
		}

		@Override
		public boolean isFinished() {
			return this.delegate.isFinished();
		}

		@Override
		public boolean isReady() {
			return this.delegate.isReady();
		}

		@Override
		public void setReadListener(ReadListener listener) {
			TrackedBodyRequest.this.read = true;
			this.delegate.setReadListener(listener);
		}

	}

}
