import GithubSlugger from "github-slugger";
import { type DefaultTheme, defineConfig, type MarkdownRenderer } from "vitepress";
import manifest from "../../package.json" with { type: "json" };

const REPOSITORY = manifest.homepage.replace(/#.*$/, "");

/** Anchors are those of GitHub, so that a link works there and on the site. */
function githubSlug(heading: string): string {
  return new GithubSlugger().slug(heading);
}

/** Pages that include a file of the project's folder, by the name of that file. */
const INCLUDED: Readonly<Record<string, string>> = {
  "CHANGELOG.md": "./changelog.md",
  "CONTRIBUTING.md": "./contributing.md",
  "SECURITY.md": "./security.md",
};

/** Links of a file of the project's folder, from the page of the site that includes it. */
function linkFromSite(href: string): string {
  return INCLUDED[href] ?? href.replace(/^docs\//, "./");
}

function rewriteLinks(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("links-of-included-files", ({ tokens }) => {
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (href !== null) {
        token.attrSet("href", linkFromSite(href));
      }
    }
  });
}

const sidebar: DefaultTheme.SidebarItem[] = [
  {
    text: "Start",
    items: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Concepts", link: "/concepts" },
      { text: "Your own stack", link: "/stacks" },
    ],
  },
  {
    text: "Guides",
    items: [
      { text: "Upgrade", link: "/upgrade" },
      { text: "What the preview says", link: "/preview" },
      { text: "Overlays", link: "/overlays" },
      { text: "Gateways", link: "/gateways" },
      { text: "Google Cloud", link: "/google-cloud" },
      { text: "Cloud Service Mesh from nothing", link: "/csm-tutorial" },
      { text: "A mesh that is there already", link: "/adopt" },
      { text: "Several stacks in a cluster", link: "/several-stacks" },
      { text: "Removing a mesh", link: "/removal" },
      { text: "Images and mirrors", link: "/images" },
      { text: "Supported versions and charts", link: "/versions" },
      { text: "The IstioOperator reference", link: "/istio-operator" },
      { text: "Coming from istioctl or asmcli", link: "/from-istioctl" },
    ],
  },
  {
    text: "When something is wrong",
    items: [
      { text: "Troubleshooting", link: "/troubleshooting" },
      { text: "Before an update: precheck", link: "/precheck" },
      { text: "Is the mesh well: validate", link: "/validate" },
      { text: "What is under way: status", link: "/status" },
    ],
  },
  {
    text: "Library",
    items: [
      { text: "Components in your program", link: "/library" },
      { text: "Other languages", link: "/languages" },
      { text: "Unit tests of your program", link: "/unit-tests" },
      { text: "Policies for plain resources", link: "/policy" },
    ],
  },
  {
    text: "Reference",
    items: [
      { text: "Configuration", link: "/reference/configuration" },
      { text: "Options and profiles", link: "/reference/options" },
      { text: "The command mesh", link: "/reference/command" },
      { text: "API: components", link: "/reference/api/components/" },
      { text: "API: Google Cloud", link: "/reference/api/components/gke/" },
      { text: "API: policies", link: "/reference/api/policy/" },
    ],
  },
  {
    text: "Project",
    items: [
      { text: "Architecture", link: "/architecture" },
      { text: "Figures", link: "/figures" },
      { text: "Where the time goes", link: "/time" },
      { text: "Contributing", link: "/contributing" },
      { text: "Development", link: "/development" },
      { text: "Security", link: "/security" },
      { text: "Changelog", link: "/changelog" },
    ],
  },
];

export default defineConfig({
  title: "pulumi-service-mesh",
  description: "Install, preview and upgrade Istio and Google Cloud Service Mesh with Pulumi",
  lang: "en",
  cleanUrls: true,
  lastUpdated: false,
  appearance: true,
  ignoreDeadLinks: false,
  head: [["link", { rel: "icon", href: "/logo.svg", type: "image/svg+xml" }]],
  markdown: {
    anchor: { slugify: githubSlug },
    config: rewriteLinks,
    theme: { light: "github-light-high-contrast", dark: "github-dark" },
  },
  themeConfig: {
    logo: "/logo.svg",
    nav: [
      { text: "Tutorial", link: "/tutorial" },
      { text: "Upgrade", link: "/upgrade" },
      { text: "Reference", link: "/reference/configuration" },
    ],
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: "local" },
    socialLinks: [{ icon: "github", link: REPOSITORY }],
    editLink: { pattern: `${REPOSITORY}/edit/main/docs/:path` },
    footer: { message: "Apache-2.0" },
  },
});
