/// The description of the HTTP interface (OpenAPI 3.1), as it is served at `/openapi.json`.
package enum OpenAPIDocument {
    package static var bytes: [UInt8] { PackageResources.openapi_json }
}
