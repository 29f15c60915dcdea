package io.github.etcdspring;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathException;
import javax.xml.xpath.XPathFactory;

import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The published modules are complete: BOM and artifacts.
 */
class PublishedModulesTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final String BOM = "etcd-spring-boot-bom";

	@Test
	void bomManagesThePublishedModules() {
		List<String> managed = select(BOM, "/project/dependencyManagement/dependencies/dependency/artifactId");
		assertThat(managed).isSorted().contains("etcd-spring-boot-starter");
		List<String> published = published();
		assertThat(published).contains(BOM);
		assertThat(managed)
			.containsExactlyInAnyOrderElementsOf(published.stream().filter((module) -> !BOM.equals(module)).toList());
	}

	@Test
	void publishedModulesHaveSourcesAndJavadoc() {
		for (String module : published()) {
			if (!BOM.equals(module)) {
				assertThat(select(module, "/project/build/plugins/plugin/artifactId")).as(module)
					.contains("maven-source-plugin");
				assertThat(select(module,
						"/project/build/plugins/plugin[artifactId='maven-javadoc-plugin']/artifactId"
								+ " | /project/build/plugins/plugin/executions/execution[id='javadoc-jar']/id"))
					.as(module)
					.hasSize(1);
			}
		}
	}

	private static List<String> published() {
		List<String> modules = select("", "/project/modules/module");
		assertThat(modules).isNotEmpty();
		List<String> published = modules.stream().filter(PublishedModulesTests::isPublished).toList();
		assertThat(published)
			.allSatisfy((module) -> assertThat(select(module, "/project/artifactId")).containsExactly(module));
		return published;
	}

	private static boolean isPublished(String module) {
		return select(module, "/project/properties/maven.deploy.skip").contains("false");
	}

	private static List<String> select(String module, String path) {
		try {
			Document pom = DocumentBuilderFactory.newInstance()
				.newDocumentBuilder()
				.parse(ROOT.resolve(module).resolve("pom.xml").toFile());
			NodeList nodes = (NodeList) XPathFactory.newInstance()
				.newXPath()
				.evaluate(path, pom, XPathConstants.NODESET);
			return IntStream.range(0, nodes.getLength())
				.mapToObj((index) -> nodes.item(index).getTextContent().strip())
				.toList();
		}
		catch (IOException | ParserConfigurationException | SAXException | XPathException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
